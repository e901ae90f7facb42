using System.CommandLine;
using System.Security.Cryptography;

namespace Caas.Bench.Commands;

/// <summary><c>--seed N</c>. Its default is drawn when it is read: help has no number to show.</summary>
internal sealed class SeedOption : Option<int?>
{
    public SeedOption()
        : base("--seed") => (Description, HelpName) = ("What the load is planned from: the same seed, the same load. Default: a new one, which the report tells", "N");

    public int Read(ParseResult parsed) => parsed.GetValue(this) ?? RandomNumberGenerator.GetInt32(1, int.MaxValue);
}
