using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Caas.ServiceDefaults;

/// <summary>In production nobody runs on a secret that stands in a public file.</summary>
internal static class PublicSecrets
{
    /// <summary>How the secrets of our examples begin.</summary>
    private static readonly string[] Known = ["change_this", "caas_secret_2026"];

    /// <exception cref="SetupException">A setting holds one.</exception>
    public static void RefusePublicSecrets(this IHostApplicationBuilder builder)
    {
        if (!builder.Environment.IsProduction())
        {
            return;
        }

        var keys = builder.Configuration.AsEnumerable()
            .Where(setting => Known.Any(known => setting.Value?.Contains(known, StringComparison.OrdinalIgnoreCase) == true))
            .Select(setting => setting.Key)
            .Order()
            .ToArray();
        if (keys.Length > 0)
        {
            throw new SetupException($"In production a secret from a public example is refused: set {string.Join(", ", keys)} to a value of your own.");
        }
    }
}
