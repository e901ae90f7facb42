using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Mail;
using Caas.Core.Push;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>What a waiting digest keeps.</summary>
/// <param name="Since">When the first thing happened that it is about.</param>
public sealed record DigestBody(DateTimeOffset Since, int Attempts = 0);

/// <summary>What a digest works with.</summary>
public sealed record DigestSources(INotificationStore Inbox, IUserStore Users, TenantDirectory Tenants, NotificationViews Views, DeliveryAccountDirectory Accounts, ITimedStore Timed);

/// <summary>
/// Mails users what they have not read some minutes after it happened. In quiet hours it waits for their end. A crash between sending and forgetting sends it again, under the same id.
/// </summary>
public sealed partial class EmailDigest(DigestSources sources, IMailSender sender, DeadLetterBox letters, NotificationMetrics metrics, IOptions<MailOptions> options, TimeProvider clock, ILogger<EmailDigest> logger) : ITimedHandler
{
    private const int Most = 20;
    private static readonly TimeSpan QuietPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    public string Kind => Notifier.DigestKind;

    public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        var (tenant, body) = (item.Place.Tenant, JsonSerializer.Deserialize(item.Body, CoreJsonContext.Default.DigestBody)!);
        var user = await sources.Users.FindAsync(tenant, new(item.Place.Name), cancellationToken);
        if (user is not { DeactivatedAt: null, Notifications: { Channels.Email: true, Email.Address: { } address } } || await sources.Accounts.FindMailAsync(tenant, cancellationToken) is not var (account, own))
        {
            await DropAsync(item, "skipped", cancellationToken);
            return;
        }

        if (QuietTimes.IsQuiet(user.Notifications.QuietHours, clock.GetUtcNow()))
        {
            await sources.Timed.UpdateAsync(item with { DueAt = TimedRules.Whole(clock.GetUtcNow() + QuietPause) }, cancellationToken);
            return;
        }

        var rows = (await sources.Inbox.ListAsync(tenant, user.Id, unreadOnly: true, after: null, Most, cancellationToken)).Where(row => row.UpdatedAt >= body.Since).ToArray();
        if (rows.Length == 0)
        {
            await DropAsync(item, "read", cancellationToken);
            return;
        }

        await SendAsync(item, body, address, await RenderAsync(user, rows, cancellationToken), account, own, cancellationToken);
    }

    private async Task SendAsync(TimedItem item, DigestBody body, string address, NotificationText text, MailAccount account, bool own, CancellationToken cancellationToken)
    {
        var id = $"{item.Place.Tenant}.{body.Since.ToUnixTimeMilliseconds()}.{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(address)))[..16]}";
        try
        {
            await sender.SendAsync(account, new(id, address, text.Title, text.Body), publicOnly: own, cancellationToken);
            await DropAsync(item, "sent", cancellationToken);
        }
        catch (MailException exception) when (!exception.IsPermanent && body.Attempts + 1 < options.Value.Attempts)
        {
            LogLater(exception, item.Place.Tenant, body.Attempts + 1);
            metrics.Mailed("later");
            var pause = new Backoff(options.Value.InitialBackoff * Math.Pow(2, body.Attempts), LongestPause, clock).Next();
            await sources.Timed.UpdateAsync(
                item with { DueAt = TimedRules.Whole(clock.GetUtcNow() + pause), Body = JsonSerializer.Serialize(body with { Attempts = body.Attempts + 1 }, CoreJsonContext.Default.DigestBody) }, cancellationToken);
        }
        catch (MailException exception)
        {
            LogLost(exception, item.Place.Tenant);
            await letters.PutAsync(new("email", Topics.Notifications, $"{item.Place.Tenant}/{item.Place.Name}", id, "{}", exception.Message, clock.GetUtcNow()), cancellationToken);
            await DropAsync(item, "failed", cancellationToken);
        }
    }

    private async Task<NotificationText> RenderAsync(User user, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken)
    {
        var settings = (await sources.Tenants.FindAsync(user.Tenant, cancellationToken))?.Settings.Notifications;
        var shaped = await sources.Views.ShapeAsync(user, rows, cancellationToken, outside: true);
        var lines = string.Join("\n\n", shaped.Select(one => $"{one.Title}\n{one.Body}"));
        return NotificationTemplates.RenderDigest(settings, user.Notifications.Language, shaped.Sum(one => one.Count), lines);
    }

    private async Task DropAsync(TimedItem item, string outcome, CancellationToken cancellationToken)
    {
        await sources.Timed.DeleteAsync(item.Place, item.Id, cancellationToken);
        metrics.Mailed(outcome);
    }

    [LoggerMessage(1471, LogLevel.Warning, "A digest of tenant {Tenant} could not be sent (attempt {Attempt}); it is tried again.")]
    private partial void LogLater(Exception exception, TenantId tenant, int attempt);

    [LoggerMessage(1472, LogLevel.Error, "A digest of tenant {Tenant} could not be sent; it goes to the dead letters.")]
    private partial void LogLost(Exception exception, TenantId tenant);
}
