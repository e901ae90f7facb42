using System.Globalization;

namespace Caas.Bench.Clusters;

/// <summary>Reads a service's own metrics.</summary>
internal static class Scrape
{
    /// <summary>The sum of a metric over services and labels; 0 where it is not there.</summary>
    /// <param name="metric">As Prometheus names it.</param>
    public static async Task<double> SumAsync(IEnumerable<Uri> services, string metric, CancellationToken cancellationToken)
    {
        var sum = 0.0;
        using var http = new HttpClient();
        foreach (var service in services)
        {
            var text = await http.GetStringAsync(new Uri(service, "/metrics"), cancellationToken);
            sum += text.Split('\n')
                .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line.Length > metric.Length && line[metric.Length] is '{' or ' ')
                .Sum(line => double.Parse(line[(Math.Max(line.LastIndexOf('}'), metric.Length - 1) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
        }

        return sum;
    }
}
