using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Bench.Reports;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Looks whether a report can be written there, before a run of minutes. What is there stays.</summary>
    /// <exception cref="BenchException">It cannot.</exception>
    public static void RequireWritable(FileInfo file)
    {
        var isNew = !File.Exists(file.FullName);
        try
        {
            using (new FileStream(file.FullName, FileMode.OpenOrCreate, FileAccess.Write))
            {
            }

            if (isNew)
            {
                // A run that is interrupted leaves no empty report.
                File.Delete(file.FullName);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CannotBeWritten(file, failure);
        }
    }

    /// <summary>Writes the report; an earlier one of the same name is replaced.</summary>
    public static async Task WriteAsync(Report report, FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file.FullName, JsonSerializer.SerializeToUtf8Bytes(report, Default.Report), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CannotBeWritten(file, failure);
        }
    }

    private static BenchException CannotBeWritten(FileInfo file, Exception failure) => new($"The report cannot be written to {file.FullName}: {failure.Message}", failure);
}
