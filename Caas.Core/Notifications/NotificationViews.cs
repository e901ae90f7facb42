using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Core.Visibility;

namespace Caas.Core.Notifications;

/// <summary>Shows notifications: what they point to as it is now, and as far as their user may see it.</summary>
public sealed class NotificationViews(IEntryStore entries, IConversationStore conversations, IMemberStore members, IUserStore users, TenantDirectory tenants, Viewers viewers)
{
    /// <summary>Notifications of one user, as that user sees them.</summary>
    /// <param name="outside">Whether they leave the platform: the tenant may keep back what messages say.</param>
    public async Task<IReadOnlyList<NotificationResponse>> ShapeAsync(User user, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken, bool outside = false)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var settings = (await tenants.FindAsync(user.Tenant, cancellationToken))?.Settings.Notifications;
        var messages = await FindMessagesAsync(user, rows, cancellationToken);
        var names = await NamesAsync(user.Tenant, rows.Select(row => row.Actor), cancellationToken);
        var shaped = new List<NotificationResponse>(rows.Count);
        foreach (var row in rows)
        {
            var message = messages.GetValueOrDefault((row.Conversation, row.Seq));
            var conversation = await conversations.FindAsync(user.Tenant, row.Conversation, cancellationToken);
            var content = ContentOf(row.Actor is { } actor ? names.GetValueOrDefault(actor) : null, conversation, message);
            content = outside && settings?.HideText == true && message is not null ? content with { Text = "…" } : content;
            shaped.Add(Shape(row, message?.Id, NotificationTemplates.Render(settings, user.Notifications.Language, row.Kind, row.Count, content)));
        }

        return shaped;
    }

    /// <summary>What fills the texts about a message, or about what is none.</summary>
    public static NotificationContent ContentOf(string? sender, Conversation? conversation, MessageResponse? message)
    {
        var name = sender ?? conversation?.Name ?? "";
        return new(name, conversation?.Name is { Length: > 0 } called ? called : name, message is null ? "" : TextOf(message));
    }

    public static NotificationResponse Shape(NotificationRow row, string? messageId, NotificationText text) => new(
        row.Id, row.Type, row.Kind, row.Priority, row.Conversation.Value, messageId, row.Seq, row.Actor, row.Count, text.Title, text.Body, row.CreatedAt, row.UpdatedAt, row.ReadAt);

    /// <summary>Who did an entry.</summary>
    public async Task<string?> ActorAsync(LogId log, long seq, CancellationToken cancellationToken) => (await entries.ReadManyAsync(log, [seq], cancellationToken)) is [var entry, ..] ? entry.ActorId : null;

    /// <summary>Names of users, by id; without those who are no more.</summary>
    public async Task<Dictionary<string, string>> NamesAsync(TenantId tenant, IEnumerable<string?> ids, CancellationToken cancellationToken)
    {
        UserId[] wanted = [.. ids.OfType<string>().Distinct().Where(PublicId.IsValid).Select(id => new UserId(id))];
        return wanted.Length == 0 ? [] : (await users.FindManyAsync(tenant, wanted, cancellationToken)).ToDictionary(user => user.Id.Value, user => user.Name);
    }

    private static string TextOf(MessageResponse message) =>
        NotificationTemplates.Shorten(message.Text is { Length: > 0 } text ? text : message.Poll?.Question is { } question ? question : message.Attachments is [{ Name: { } name }, ..] ? name : "…");

    /// <summary>The messages that the user may still see: as a member, not deleted, not hidden.</summary>
    private async Task<Dictionary<(ConversationId Conversation, long Seq), MessageResponse>> FindMessagesAsync(User user, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken)
    {
        var viewer = await viewers.OfAsync(new() { Kind = CallerKind.User, Tenant = user.Tenant, User = user.Id }, cancellationToken);
        var found = new Dictionary<(ConversationId, long), MessageResponse>();
        foreach (var group in rows.Where(row => row.Type is NotificationType.Messages or NotificationType.Mentions).GroupBy(row => row.Conversation))
        {
            if (await members.FindAsync(user.Tenant, group.Key, user.Id, cancellationToken) is not { Removed: false })
            {
                continue;
            }

            foreach (var entry in await entries.ReadManyAsync(LogId.Of(user.Tenant, group.Key), [.. group.Select(row => row.Seq).Distinct()], cancellationToken))
            {
                if (entry.Message is { DeletedAt: null } && viewer.Sees(entry))
                {
                    found[(group.Key, entry.Seq)] = viewer.Show(entry);
                }
            }
        }

        return found;
    }
}
