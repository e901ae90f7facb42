using System.ComponentModel.DataAnnotations;
using Caas.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Caas.Gateway;

/// <summary>How the gateway listens and how long it waits.</summary>
internal sealed class GatewayOptions : IValidatableObject
{
    public const string Section = "Caas:Gateway";

    /// <summary>The largest request body, in bytes: 256 KiB.</summary>
    public const int MaxRequestBytes = 256 * 1024;

    /// <summary>The public port, 0 to 65535; 0 takes a free one. Default 3000. Addresses from <c>ASPNETCORE_URLS</c> go first.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 3000;

    /// <summary>The port that serves <c>/metrics</c> (and <c>/health</c>, <c>/alive</c>) alone, 0 to 65535; 0 takes a free one. Default 3001.</summary>
    [Range(0, 65535)]
    public int MetricsPort { get; init; } = 3001;

    /// <summary>How long a request may take before it is answered with <c>unavailable</c>. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Addresses or CIDR ranges of reverse proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed (for IP allow-lists, the audit log and HSTS). Default: none.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The settings as they stand before the host is built: what it listens on is decided first.</summary>
    /// <exception cref="SetupException">A value is not of its type.</exception>
    /// <exception cref="OptionsValidationException">A value is out of range.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        GatewayOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<GatewayOptions>() ?? new();
        }
        catch (InvalidOperationException exception)
        {
            throw new SetupException(exception.Message);
        }

        var result = new GatewayOptionsValidator().Validate(null, options);
        return result.Succeeded ? options : throw new OptionsValidationException(Section, typeof(GatewayOptions), result.Failures ?? []);
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Port == MetricsPort && Port != 0)
        {
            yield return new ValidationResult("Port and MetricsPort must differ.", [nameof(MetricsPort)]);
        }

        foreach (var wrong in ServiceDefaults.TrustedProxies.Validate(TrustedProxies, nameof(TrustedProxies)))
        {
            yield return wrong;
        }
    }
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
