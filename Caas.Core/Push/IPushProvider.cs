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
/// <param name="Call">What rings; null: it tells of no call that does.</param>
public sealed record Push(TenantId Tenant, DeviceAddress Address, NotificationResponse Notification, string CollapseId, long Badge, RingingCall? Call = null)
{
    public bool IsCall => Call is not null;

    /// <summary>How long it is of use, in whole seconds: a call until it rings no more, a message for a day.</summary>
    public TimeSpan LifetimeAt(DateTimeOffset now) => Call is { } call ? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((call.Until - now).TotalSeconds))) : TimeSpan.FromDays(1);

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

        if (Call is { } call)
        {
            yield return ("callId", call.Id);
        }
    }
}

/// <summary>What became of a push.</summary>
public enum PushOutcome
{
    /// <summary>The service took it.</summary>
    Sent,

    /// <summary>The service knows the token no more: it is removed, where it is one of the account that was asked with.</summary>
    Gone,

    /// <summary>It may work later.</summary>
    Later,

    /// <summary>It never will.</summary>
    Rejected,

    /// <summary>The service says that account and token do not belong together: one of the two is set wrong. It says nothing of the device, which stays.</summary>
    Mismatched,

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
