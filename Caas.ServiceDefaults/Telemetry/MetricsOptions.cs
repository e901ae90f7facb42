using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.ServiceDefaults;

/// <summary>Where Prometheus finds the metrics.</summary>
public sealed class MetricsOptions
{
    public const string Section = "Caas:Metrics";

    /// <summary>
    /// The local port, 1 to 65535, that alone serves <c>/metrics</c>, and nothing else but <c>/health</c> and <c>/alive</c>. Gateway (by its own setting) and replicas listen on it.
    /// Null, the default: <c>/metrics</c> is served on every port of the host.
    /// </summary>
    [Range(1, 65535)]
    public int? Port { get; set; }
}

[OptionsValidator]
internal sealed partial class MetricsOptionsValidator : IValidateOptions<MetricsOptions>;
