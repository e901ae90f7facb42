using Caas.Contracts;
using Caas.Core.Devices;

namespace Caas.Core.Push;

/// <summary>One push service: FCM, APNs, or browsers'.</summary>
public interface IPushProvider
{
    DevicePlatform Platform { get; }

    /// <summary>Sends one push, in bounded time. What went wrong is in the result, not thrown.</summary>
    Task<PushResult> SendAsync(Push push, PushAccounts accounts, CancellationToken cancellationToken);
}

/// <summary>What is pushed.</summary>
/// <param name="CollapseId">Takes the place of what was shown with the same; the same each time that it is tried.</param>
/// <param name="Badge">How many notifications are unread.</param>
public sealed record Push(TenantId Tenant, DeviceAddress Address, NotificationResponse Notification, string CollapseId, long Badge)
{
    public bool IsCall => Notification.Kind == NotificationKind.Call;

    /// <summary>How long it is of use: a call rings, a message waits.</summary>
    public TimeSpan Lifetime => IsCall ? TimeSpan.FromSeconds(30) : TimeSpan.FromDays(1);

    /// <summary>What an application needs to find it, as text.</summary>
    public IEnumerable<(string Name, string Value)> Data()
    {
        yield return ("notificationId", Notification.Id);
        yield return ("kind", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(Notification.Kind.ToString()));
        yield return ("conversationId", Notification.ConversationId);
        yield return ("seq", Notification.Seq.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (Notification.MessageId is { } message)
        {
            yield return ("messageId", message);
        }
    }
}

/// <summary>What became of a push.</summary>
public enum PushOutcome
{
    /// <summary>The service took it.</summary>
    Sent,

    /// <summary>The service knows the token no more: it is removed.</summary>
    Gone,

    /// <summary>It may work later.</summary>
    Later,

    /// <summary>It never will.</summary>
    Rejected,

    /// <summary>Neither tenant nor platform has an account there, or the device has no token for this.</summary>
    Skipped,
}

/// <param name="Voip">Of <see cref="PushOutcome.Gone"/>: the token for calls, not the other.</param>
/// <param name="After">Of <see cref="PushOutcome.Later"/>: as the service asked; null: it did not.</param>
/// <param name="Reason">For the log; without tokens.</param>
public sealed record PushResult(PushOutcome Outcome, string? Reason = null, TimeSpan? After = null, bool Voip = false)
{
    public static readonly PushResult Sent = new(PushOutcome.Sent);
}

/// <summary>The accounts with which a tenant's pushes are sent: its own, or the platform's; null: there is none.</summary>
public sealed record PushAccounts(FcmAccount? Fcm, ApnsAccount? Apns, string? WebPushSubject);
