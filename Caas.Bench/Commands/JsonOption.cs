using System.CommandLine;

namespace Caas.Bench.Commands;

/// <summary><c>--json FILE</c>. Whether the file can be written is looked at before the run, not after it.</summary>
internal sealed class JsonOption : Option<FileInfo?>
{
    public JsonOption()
        : base("--json") => (Description, HelpName) = ("Also write the report to this file, as JSON", "FILE");
}
