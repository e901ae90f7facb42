using System.ComponentModel.DataAnnotations;
using Caas.Contracts;
using Caas.Core.Notifications;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>Pushes, section <c>Caas:Push</c>: the platform's own accounts, for tenants without, and where the services are.</summary>
public sealed class PushOptions
{
    public const string Section = "Caas:Push";

    /// <summary>The platform's account at Firebase: three fields, or its JSON as <c>ServiceAccount</c>. Default: none.</summary>
    public FcmAccount? Fcm { get; internal set; }

    /// <summary>The platform's key for Apple's service. Default: none.</summary>
    public ApnsAccount? Apns { get; internal set; }

    /// <summary>Whom browsers' push services may turn to, <c>mailto:…</c> or <c>https://…</c>. Default: <c>Caas:Attachments:PublicUrl</c> where that is an https address of the Internet.</summary>
    public string? WebPushSubject { get; set; }

    [Required, Url] public string FcmUrl { get; set; } = "https://fcm.googleapis.com";

    [Required, Url] public string FcmTokenUrl { get; set; } = "https://oauth2.googleapis.com/token";

    [Required, Url] public string ApnsUrl { get; set; } = "https://api.push.apple.com";

    [Required, Url] public string ApnsSandboxUrl { get; set; } = "https://api.sandbox.push.apple.com";

    /// <summary>How long a push service may take. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")] public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many devices are pushed to at a time, 1 to 1,000; for calls as many again. Default 128.</summary>
    [Range(1, 1_000)] public int Parallelism { get; set; } = 128;

    /// <summary>How many of those of one tenant, 1 to 1,000, and never more than half of <see cref="Parallelism"/>. Default 32.</summary>
    [Range(1, 1_000)] public int PerTenant { get; set; } = 32;

    /// <summary>How many of a tenant's at one host of Web Push, 1 to 1,000, and never more than half of the tenant's. Default 16.</summary>
    [Range(1, 1_000)] public int PerHost { get; set; } = 16;

    /// <summary>How often a push is tried before it goes to the dead letters. Default 8: with the default pauses about 10 minutes.</summary>
    [Range(1, 50)] public int Attempts { get; set; } = 8;

    /// <summary>The pause after the first failed attempt; it doubles, less up to a half at random. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")] public TimeSpan InitialBackoff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause, also when a service asks for a longer one. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")] public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often it is looked what is to be pushed. Default 250 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")] public TimeSpan Period { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it is remembered what was pushed, so that it is not pushed again. Default 3 days; longer than <see cref="NotificationOptions.MostAge"/>.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")] public TimeSpan Keep { get; set; } = TimeSpan.FromDays(3);
}

/// <summary>A bad account of the platform stops the host and names the setting.</summary>
internal sealed class PushOptionsValidator(IOptions<NotificationOptions> notifications) : IValidateOptions<PushOptions>
{
    public ValidateOptionsResult Validate(string? name, PushOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        var failures = results.Select(result => $"{PushOptions.Section}: {result.ErrorMessage}").ToList();
        failures.AddRange(DeliveryAccountRules.Wrong(new(options.Fcm, options.Apns, options.WebPushSubject is { } subject ? new(subject) : null)).Select(wrong => $"{PushOptions.Section}:{wrong.Field} {wrong.Message}."));
        if (options.Keep <= notifications.Value.MostAge)
        {
            failures.Add($"{PushOptions.Section}:{nameof(options.Keep)} must be longer than {NotificationOptions.Section}:{nameof(NotificationOptions.MostAge)}: what is told again would be pushed again.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
