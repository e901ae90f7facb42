using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>Notifications, section <c>Caas:Notifications</c>.</summary>
public sealed class NotificationOptions
{
    public const string Section = "Caas:Notifications";

    /// <summary>Whether anybody is notified of anything. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What is older notifies nobody: imported history, and what lay about while nobody could be notified. Default one day.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
    public TimeSpan MostAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many members are looked at together, 10 to 5,000. Default 500.</summary>
    [Range(10, 5_000)]
    public int PageSize { get; init; } = 500;
}

[OptionsValidator]
internal sealed partial class NotificationOptionsValidator : IValidateOptions<NotificationOptions>;
