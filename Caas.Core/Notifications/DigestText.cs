using Caas.Contracts;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Notifications;

/// <param name="Rows">What it is about.</param>
public sealed record Digest(IReadOnlyList<NotificationRow> Rows, NotificationText Text);

/// <summary>What a digest says: what is to be mailed and unread, as its reader may see it now.</summary>
public sealed class DigestText(INotificationStore inbox, TenantDirectory tenants, NotificationViews views)
{
    /// <summary>So many are told of with their texts; the subject counts all.</summary>
    private const int Told = 20;
    private const int Most = 200;

    /// <returns>Null: there is nothing to tell any more.</returns>
    public async Task<Digest?> MakeAsync(User user, CancellationToken cancellationToken)
    {
        var rows = await inbox.ListAsync(user.Tenant, user.Id, NotificationRows.ToMail, after: null, Most, cancellationToken);
        var shaped = await views.ShapeAsync(user, rows, cancellationToken, outside: true);
        if (shaped.Count == 0)
        {
            await inbox.MailedAsync(rows, cancellationToken);
            return null;
        }

        var settings = (await tenants.FindAsync(user.Tenant, cancellationToken))?.Settings.Notifications;
        var lines = string.Join("\n\n", shaped.Take(Told).Select(one => $"{one.Title}\n{one.Body}"));
        return new(rows, NotificationTemplates.RenderDigest(settings, user.Notifications.Language, shaped.Sum(one => one.Count), lines));
    }

    /// <summary>It was sent: what moved on meanwhile comes with the next one.</summary>
    public Task SentAsync(Digest digest, CancellationToken cancellationToken) => inbox.MailedAsync(digest.Rows, cancellationToken);

    /// <summary>Nothing of what waits is to be mailed.</summary>
    public async Task ForgetAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        await inbox.MailedAsync(await inbox.ListAsync(tenant, user, NotificationRows.ToMail, after: null, Most, cancellationToken), cancellationToken);
}
