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
    /// <summary>Notifications of one user, as that user sees them: those of conversations that the user is no member of any more are left out.</summary>
    /// <param name="outside">Whether they leave the platform: the tenant may keep back what messages say.</param>
    public async Task<IReadOnlyList<NotificationResponse>> ShapeAsync(User user, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken, bool outside = false)
    {
        var places = await FindPlacesAsync(user, rows, cancellationToken);
        NotificationRow[] standing = [.. rows.Where(row => places.ContainsKey(row.Conversation))];
        if (standing.Length == 0)
        {
            return [];
        }

        var settings = (await tenants.FindAsync(user.Tenant, cancellationToken))?.Settings.Notifications;
        var messages = await FindMessagesAsync(user, standing, cancellationToken);
        var names = await NamesAsync(user.Tenant, standing.Select(row => row.Actor), cancellationToken);
        var shaped = new List<NotificationResponse>(standing.Length);
        foreach (var row in standing)
        {
            var message = messages.GetValueOrDefault((row.Conversation, row.Seq)) is { } found && (row.Kind != NotificationKind.Mention || Happening.Mentions(found, user.Id)) ? found : null;
            var content = ContentOf(row.Actor is { } actor ? names.GetValueOrDefault(actor) : null, places[row.Conversation], message);
            content = outside && settings?.HideText == true && message is not null ? content with { Text = "…" } : content;
            shaped.Add(Shape(row, message?.Id, NotificationTemplates.Render(settings, user.Notifications.Language, row.Kind, row.Count, content)));
        }

        return shaped;
    }

    /// <summary>What fills the texts about a message, or about what is none.</summary>
    public static NotificationContent ContentOf(string? sender, Conversation? conversation, MessageResponse? message)
    {
        var name = sender ?? conversation?.Name ?? "";
        return new(name, conversation?.Name is { Length: > 0 } called ? called : name, message is null ? "" : TextOf(message), ByNobody: sender is null);
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

    /// <summary>The conversations that the user is a member of.</summary>
    private async Task<Dictionary<ConversationId, Conversation>> FindPlacesAsync(User user, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken)
    {
        ConversationId[] ids = [.. rows.Select(row => row.Conversation).Distinct()];
        var own = ids.Length == 0 ? [] : await members.FindManyAsync(user.Tenant, user.Id, ids, cancellationToken);
        return own.Count == 0 ? [] : (await conversations.FindManyAsync(user.Tenant, [.. own.Select(member => member.Conversation)], cancellationToken)).ToDictionary(conversation => conversation.Id);
    }

    /// <summary>The messages that the user may still see, by what rows point to: not deleted, not hidden. A mention that came with an edit points to the edit.</summary>
    private async Task<Dictionary<(ConversationId Conversation, long Seq), MessageResponse>> FindMessagesAsync(User user, NotificationRow[] rows, CancellationToken cancellationToken)
    {
        var found = new Dictionary<(ConversationId, long), MessageResponse>();
        (LogId, long)[] places = [.. rows.Where(row => row.Type is NotificationType.Messages or NotificationType.Mentions).Select(row => (LogId.Of(user.Tenant, row.Conversation), row.Seq)).Distinct()];
        if (places.Length == 0)
        {
            return found;
        }

        var viewer = await viewers.OfAsync(new() { Kind = CallerKind.User, Tenant = user.Tenant, User = user.Id }, cancellationToken);
        var pointed = await entries.ReadManyAsync(user.Tenant, places, cancellationToken);
        (LogId, long)[] edited = [.. pointed.Where(entry => entry.Target > 0).Select(entry => (entry.Log, entry.Target)).Distinct()];
        var targets = edited.Length == 0 ? [] : (await entries.ReadManyAsync(user.Tenant, edited, cancellationToken)).ToDictionary(entry => (entry.Log, entry.Seq));
        foreach (var entry in pointed)
        {
            var message = entry.Target > 0 ? targets.GetValueOrDefault((entry.Log, entry.Target)) : entry;
            if (message is { Message.DeletedAt: null } && viewer.Sees(message))
            {
                found[(new(entry.Log.Name), entry.Seq)] = viewer.Show(message);
            }
        }

        return found;
    }
}
