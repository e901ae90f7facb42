using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Bench.Reports;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Writes the report; an earlier one of the same name is replaced.</summary>
    public static async Task WriteAsync(Report report, FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file.FullName, JsonSerializer.SerializeToUtf8Bytes(report, Default.Report), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"The report cannot be written to {file.FullName}: {failure.Message}", failure);
        }
    }
}
