using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Timed;
using Caas.Core.Users;

namespace Caas.Core.Notifications;

/// <summary>
/// Mails users what they have not read some minutes after it happened. In quiet hours it waits for their end. The clock is taken away before the inbox is read, and another item stands for the
/// sending: what happens meanwhile starts the next clock, and whatever becomes of one mail keeps no other back. A crash between sending and forgetting sends it again, under the same id.
/// </summary>
public sealed class EmailDigest(ITimedStore timed, IUserStore users, DigestText texts, DigestMail mail, NotificationMetrics metrics, TimeProvider clock) : ITimedHandler
{
    private static readonly TimeSpan QuietPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    public string Kind => WaitingDigests.Kind;

    public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        var (tenant, body) = (item.Place.Tenant, JsonSerializer.Deserialize(item.Body, CoreJsonContext.Default.DigestBody)!);
        var user = await users.FindAsync(tenant, new(item.Place.Name), cancellationToken);
        if (QuietTimes.IsQuiet(user?.Notifications.QuietHours, clock.GetUtcNow()))
        {
            await timed.PutOffAsync(item.Place, item.Id, TimedRules.Whole(clock.GetUtcNow() + QuietPause), cancellationToken);
            return;
        }

        item = item.Id == WaitingDigests.Next ? await BeginAsync(item, body, cancellationToken) : item;
        if (user is not { DeactivatedAt: null, Notifications: { Channels.Email: true, Email.Address: { } address } })
        {
            await texts.ForgetAsync(tenant, new(item.Place.Name), cancellationToken);
            await EndAsync(item, "skipped", cancellationToken);
            return;
        }

        var letter = new DigestLetter(tenant, user.Id, IdOf(tenant, body, address), address, body.Attempts + 1);
        try
        {
            await SendAsync(item, body, user, letter, cancellationToken);
        }
#pragma warning disable CA1031 // A digest that cannot be made must leave nothing behind that keeps the user's next one back: it goes to the dead letters, loudly.
        catch (Exception exception) when (exception is not (StoreUnavailableException or RefusedException or OperationCanceledException))
#pragma warning restore CA1031
        {
            await mail.BuryAsync(letter, exception, cancellationToken);
            await EndAsync(item, "failed", cancellationToken);
        }
    }

    private async Task SendAsync(TimedItem item, DigestBody body, User user, DigestLetter letter, CancellationToken cancellationToken)
    {
        if (await mail.FindAccountAsync(user.Tenant, cancellationToken) is not { } account)
        {
            await texts.ForgetAsync(user.Tenant, user.Id, cancellationToken);
            await EndAsync(item, "skipped", cancellationToken);
            return;
        }

        if (await texts.MakeAsync(user, cancellationToken) is not { } digest)
        {
            await EndAsync(item, "read", cancellationToken);
            return;
        }

        switch (await mail.SendAsync(letter, digest.Text, account, cancellationToken))
        {
            case DigestOutcome.Sent:
                await texts.SentAsync(digest, cancellationToken);
                await EndAsync(item, "sent", cancellationToken);
                break;
            case DigestOutcome.Lost:
                await EndAsync(item, "failed", cancellationToken);
                break;
            default:
                await PutOffAsync(item, body, cancellationToken);
                break;
        }
    }

    private static string IdOf(TenantId tenant, DigestBody body, string address) =>
        $"{tenant}.{body.Since.ToUnixTimeMilliseconds()}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)))[..16]}";

    /// <summary>From here on what happens starts another clock; all that found this one stands in the inbox. A crash in between does it again, under the same id.</summary>
    private async Task<TimedItem> BeginAsync(TimedItem next, DigestBody body, CancellationToken cancellationToken)
    {
        var sending = next with { Id = body.Since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), DueAt = TimedRules.Whole(clock.GetUtcNow()) };
        await timed.AddAsync(sending, cancellationToken);
        await timed.DeleteAsync(next.Place, next.Id, cancellationToken);
        return sending;
    }

    private async Task PutOffAsync(TimedItem item, DigestBody body, CancellationToken cancellationToken)
    {
        metrics.Mailed("later");
        var pause = new Backoff(mail.InitialBackoff * Math.Pow(2, body.Attempts), LongestPause, clock).Next();
        var tried = JsonSerializer.Serialize(body with { Attempts = body.Attempts + 1 }, CoreJsonContext.Default.DigestBody);

        // One that was changed meanwhile stays as it is, due as before.
        await timed.ReplaceAsync(item, item with { DueAt = TimedRules.Whole(clock.GetUtcNow() + pause), Body = tried }, cancellationToken);
    }

    private async Task EndAsync(TimedItem item, string outcome, CancellationToken cancellationToken)
    {
        await timed.DeleteAsync(item.Place, item.Id, cancellationToken);
        metrics.Mailed(outcome);
    }
}
