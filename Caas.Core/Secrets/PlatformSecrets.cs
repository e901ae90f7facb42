using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Caas.Core.Secrets;

/// <summary>What the operator keeps secret. Settings <c>Caas:AdminKey</c>, <c>Caas:MasterKey</c>, <c>JWT_SECRET</c>.</summary>
public sealed class PlatformSecrets
{
    /// <summary>The platform admin's key, at least 16 characters. Unset: nobody is admin.</summary>
    public string? AdminKey { get; set; }

    /// <summary>Seals the private keys and secrets in the store, at least 32 characters. Unset: the store holds them as they are. Once used it must stay.</summary>
    public string? MasterKey { get; set; }

    /// <summary>Signs the platform's user tokens with HS256 instead of ES256, at least 32 bytes. No tenant may know it.</summary>
    public string? JwtSecret { get; set; }
}

internal sealed class PlatformSecretsSetup(IConfiguration configuration) : IConfigureOptions<PlatformSecrets>
{
    public void Configure(PlatformSecrets options)
    {
        options.AdminKey = Given("Caas:AdminKey");
        options.MasterKey = Given("Caas:MasterKey");
        options.JwtSecret = Given("JWT_SECRET");
    }

    private string? Given(string key) => configuration[key] is { Length: > 0 } value ? value : null;
}

/// <summary>Refuses secrets that are too short and, in production, those that stand in a public file.</summary>
internal sealed class PlatformSecretsValidator(IHostEnvironment? environment = null) : IValidateOptions<PlatformSecrets>
{
    private static readonly string[] Public = ["change_this", "change-this", "changeme", "change_me", "caas_secret_2026"];

    public ValidateOptionsResult Validate(string? name, PlatformSecrets options)
    {
        var failures = new List<string>();
        Check(failures, "Caas:AdminKey", options.AdminKey, 16);
        Check(failures, "Caas:MasterKey", options.MasterKey, 32);
        Check(failures, "JWT_SECRET", options.JwtSecret, 32);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private void Check(List<string> failures, string setting, string? value, int least)
    {
        if (value is null)
        {
            return;
        }

        if (Encoding.UTF8.GetByteCount(value) < least)
        {
            failures.Add($"{setting} must have at least {least} bytes.");
        }

        if (environment?.IsProduction() == true && Public.Any(known => value.Contains(known, StringComparison.OrdinalIgnoreCase)))
        {
            failures.Add($"{setting} stands in a public file and is refused in production; make one of your own.");
        }
    }
}
