namespace Caas.Core.Attachments;

/// <summary>Which messages refer to which attachments. Written before the message is stored, so that none is ever swept from under it; what came of it is looked at later.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IAttachmentUseStore
{
    /// <summary>The most messages that may refer to one attachment.</summary>
    const int Most = 100;

    /// <summary>Notes that a message refers to attachments, and moves their time to be swept to <paramref name="lookAgainAt"/>. Safe to repeat.</summary>
    /// <returns>Whether all of them are there, and none is condemned; otherwise nothing is noted.</returns>
    Task<bool> UseAsync(TenantId tenant, IReadOnlyCollection<string> ids, AttachmentUse use, DateTimeOffset lookAgainAt, CancellationToken cancellationToken);

    /// <summary>The messages that refer to it, at most <paramref name="limit"/>, in no particular order.</summary>
    Task<IReadOnlyList<AttachmentUse>> ListAsync(TenantId tenant, string id, int limit, CancellationToken cancellationToken);

    /// <summary>A message, or a whole conversation, refers to nothing any more: its attachments may be swept from <paramref name="sweepAt"/> on where nothing else refers to them. Their time is another one than before in any case. Safe to repeat.</summary>
    /// <param name="messageId">Null: all messages of the conversation.</param>
    Task ReleaseAsync(TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt, CancellationToken cancellationToken);
}
