using System.Globalization;
using Caas.Bench.Commands;
using Spectre.Console;

namespace Caas.Bench.Reports;

/// <summary>A report on the console.</summary>
internal static class ReportView
{
    /// <summary>Prints what was measured and judged, writes the file that was asked for.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ShowAsync(this IAnsiConsole console, Report report, FileInfo? json, CancellationToken cancellationToken)
    {
        console.MarkupLineInterpolated($"[bold]{report.Command}[/] on {report.Machine.Cores} cores, {report.Machine.MemoryGiB:0} GiB, {report.Machine.System}, {report.Machine.Runtime}, {report.Machine.Build} build");
        var asked = string.Join(", ", report.Settings.Select(setting => $"{setting.Key} {setting.Value}"));
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{asked}{(report.Seed is { } seed ? $"{(asked.Length > 0 ? ", " : "")}seed {seed}" : "")}");
        if (report.Figures.Count > 0)
        {
            console.Write(TableOf(report.Figures));
        }

        foreach (var finding in report.Findings)
        {
            var verdict = finding.Holds switch
            {
                true => "[green]holds [/]",
                false => "[red]BROKEN[/]",
                null => "[yellow]not judged:[/]",
            };
            console.MarkupLine($"{verdict} {Markup.Escape(finding.Text)}");
        }

        foreach (var aim in report.Aims)
        {
            console.MarkupLine($"{(aim.Reached ? "[green]reached[/]" : "[yellow]missed [/]")} {Markup.Escape(aim.Text)}");
        }

        if (json is not null)
        {
            await ReportJson.WriteAsync(report, json, cancellationToken);
        }

        return report switch { { Broken: true } => BenchProgram.Broken, { Held: true } => BenchProgram.Held, _ => BenchProgram.NotRun };
    }

    private static Table TableOf(IReadOnlyList<Figure> figures)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumn("what").AddColumn(new TableColumn("value").RightAligned()).AddColumn("unit");
        foreach (var figure in figures)
        {
            table.AddRow(Markup.Escape(figure.Name), figure.Value.ToString(Math.Abs(figure.Value) >= 100 || figure.Value == Math.Truncate(figure.Value) ? "#,0" : "0.00", CultureInfo.InvariantCulture), Markup.Escape(figure.Unit));
        }

        return table;
    }
}
