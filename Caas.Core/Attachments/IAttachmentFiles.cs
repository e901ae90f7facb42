namespace Caas.Core.Attachments;

/// <summary>
/// The files of attachments: a folder, or a bucket that speaks S3. What is uploaded is first <em>received</em>, and becomes the attachment's file only when it is accepted;
/// nobody can change it from then on.
/// </summary>
/// <remarks>Every method that touches files may throw <see cref="RefusedException"/> with <c>unavailable</c> and a sentence that says why: no room, or out of reach. Nothing is lost then.</remarks>
public interface IAttachmentFiles
{
    /// <summary>Whether there is a place for files at all.</summary>
    bool IsConfigured { get; }

    /// <summary>Where a client uploads by itself; null: through the gateway (<see cref="ReceiveAsync"/>).</summary>
    UploadPlace? PresignUpload(StoredAttachment attachment, DateTimeOffset until);

    /// <summary>Where a client downloads by itself; null: through the gateway (<see cref="Open"/>).</summary>
    Uri? PresignDownload(StoredAttachment attachment, FileVariant variant, DateTimeOffset until);

    /// <summary>Keeps what is uploaded through the gateway, durably, as long as it is not longer than it should be.</summary>
    /// <returns>What was received; longer than <paramref name="most"/> when there was more.</returns>
    Task<ReceivedFile> ReceiveAsync(StoredAttachment attachment, Stream content, long most, CancellationToken cancellationToken);

    /// <summary>What a client has uploaded by itself and nobody has accepted; null: nothing.</summary>
    Task<ReceivedFile?> FindReceivedAsync(StoredAttachment attachment, CancellationToken cancellationToken);

    /// <summary>The attachment's file, where it lies there already; null: it does not.</summary>
    Task<ReceivedFile?> FindAcceptedAsync(StoredAttachment attachment, CancellationToken cancellationToken);

    /// <summary>Reads what was received.</summary>
    /// <param name="first">Only so many bytes of it; null: all.</param>
    Task<byte[]> ReadReceivedAsync(ReceivedFile received, int? first, CancellationToken cancellationToken);

    /// <summary>Makes what was received, and that alone, the attachment's file. Safe to repeat: what was received stays, or is gone with a file in its place.</summary>
    Task AcceptAsync(StoredAttachment attachment, ReceivedFile received, byte[]? thumbnail, FileFacts facts, CancellationToken cancellationToken);

    /// <summary>Removes what was received and is not wanted, or not any more. Safe to repeat.</summary>
    Task DiscardAsync(ReceivedFile received, CancellationToken cancellationToken);

    /// <summary>The file, to be read from any place; null: it is not here.</summary>
    Stream? Open(TenantId tenant, string id, FileVariant variant);

    /// <summary>Removes all that belongs to the attachment, also what was received for it. Safe to repeat.</summary>
    Task DeleteAsync(TenantId tenant, string id, CancellationToken cancellationToken);
}

/// <summary>Which of an attachment's files.</summary>
public enum FileVariant
{
    Original,
    Thumbnail,
}

/// <summary>A request with which a client uploads by itself.</summary>
public sealed record UploadPlace(Uri Url, string Method, IReadOnlyDictionary<string, string> Headers);

/// <summary>What was uploaded.</summary>
/// <param name="Place">The adapter's own: where it lies.</param>
/// <param name="Version">The adapter's own: which of several that were uploaded to this place it is.</param>
public sealed record ReceivedFile(string Place, long Size, string? Version = null);

/// <summary>The places that need no adapter.</summary>
public static class AttachmentPlaces
{
    /// <summary>None is configured: attachments are refused.</summary>
    public static readonly IAttachmentFiles None = new NoAttachmentFiles();
}

/// <summary>Stands where no place for files is configured.</summary>
internal sealed class NoAttachmentFiles : IAttachmentFiles
{
    public bool IsConfigured => false;

    public UploadPlace? PresignUpload(StoredAttachment attachment, DateTimeOffset until) => throw Refused();

    public Uri? PresignDownload(StoredAttachment attachment, FileVariant variant, DateTimeOffset until) => throw Refused();

    public Task<ReceivedFile> ReceiveAsync(StoredAttachment attachment, Stream content, long most, CancellationToken cancellationToken) => throw Refused();

    public Task<ReceivedFile?> FindReceivedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => Task.FromResult<ReceivedFile?>(null);

    public Task<ReceivedFile?> FindAcceptedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => Task.FromResult<ReceivedFile?>(null);

    public Task<byte[]> ReadReceivedAsync(ReceivedFile received, int? first, CancellationToken cancellationToken) => throw Refused();

    public Task AcceptAsync(StoredAttachment attachment, ReceivedFile received, byte[]? thumbnail, FileFacts facts, CancellationToken cancellationToken) => throw Refused();

    public Task DiscardAsync(ReceivedFile received, CancellationToken cancellationToken) => throw Refused();

    public Stream? Open(TenantId tenant, string id, FileVariant variant) => throw Refused();

    public Task DeleteAsync(TenantId tenant, string id, CancellationToken cancellationToken) => throw Refused();

    internal static RefusedException Refused() => Refusal.Unavailable.With("No place for attachments is configured: set Caas:Attachments:Folder or Caas:Attachments:S3.");
}
