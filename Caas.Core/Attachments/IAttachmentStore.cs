namespace Caas.Core.Attachments;

/// <summary>
/// What is known of attachments; their files are <see cref="IAttachmentFiles"/>'. An attachment that no message refers to has a time at which it may be swept.
/// The steps of a sweep (<see cref="ListExpiredAsync"/>, <see cref="TryCondemnAsync"/>, <see cref="RemoveAsync"/>) and a message that refers to it at the same moment
/// are decided by the attachment's own row: who comes second finds it condemned, or in use.
/// </summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IAttachmentStore
{
    /// <summary>Stores a new one, to be swept at <paramref name="expiresAt"/> unless a message refers to it. Safe to repeat.</summary>
    Task AddAsync(StoredAttachment attachment, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Those that there are and that are not condemned, in no particular order.</summary>
    Task<IReadOnlyList<StoredAttachment>> FindManyAsync(TenantId tenant, IReadOnlyCollection<string> ids, CancellationToken cancellationToken);

    /// <summary>Makes a pending one ready, to be swept at <paramref name="expiresAt"/> unless a message refers to it.</summary>
    /// <returns>Whether it was pending.</returns>
    Task<bool> CompleteAsync(TenantId tenant, string id, FileFacts facts, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Those of all tenants whose time to be swept is not after <paramref name="now"/>, and those that are condemned already.</summary>
    Task<IReadOnlyList<ExpiredAttachment>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>A message refers to it: it has no time to be swept any more, and is not condemned. Unless that time was moved meanwhile: then somebody else knows better, and it is looked at again.</summary>
    /// <param name="seen">The time that was found.</param>
    Task KeepAsync(TenantId tenant, string id, DateTimeOffset seen, CancellationToken cancellationToken);

    /// <summary>From now on nobody finds it, and no message can refer to it; unless its time to be swept was moved meanwhile.</summary>
    /// <returns>Whether it is condemned now.</returns>
    Task<bool> TryCondemnAsync(TenantId tenant, string id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Removes what is known of it, and who refers to it.</summary>
    Task RemoveAsync(TenantId tenant, string id, CancellationToken cancellationToken);

    /// <summary>
    /// Condemns it at once, whoever refers to it, to be swept at <paramref name="sweepAt"/>: a link to upload to it may be good until then. Nothing stays but its id and type: not whose it is, nor how it was called.
    /// </summary>
    Task ForgetAsync(TenantId tenant, string id, DateTimeOffset sweepAt, CancellationToken cancellationToken);

    /// <summary>Those of one user, by id ascending.</summary>
    Task<IReadOnlyList<StoredAttachment>> ListByUploaderAsync(TenantId tenant, UserId uploader, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Some of a tenant's, in whatever state and order: for one that is deleted.</summary>
    Task<IReadOnlyList<StoredAttachment>> ListAsync(TenantId tenant, int limit, CancellationToken cancellationToken);

    /// <summary>What one user has announced and not uploaded, or nobody has looked at, yet.</summary>
    Task<AttachmentTotals> CountPendingAsync(TenantId tenant, UserId uploader, CancellationToken cancellationToken);

    /// <summary>What the tenant has.</summary>
    Task<AttachmentTotals> CountAsync(TenantId tenant, CancellationToken cancellationToken);
}
