using Caas.Contracts;

namespace Caas.Core.Attachments;

/// <summary>What is known of an uploaded file, or of one that is to be uploaded.</summary>
public sealed record StoredAttachment
{
    public required TenantId Tenant { get; init; }

    /// <summary>A UUIDv7.</summary>
    public required string Id { get; init; }

    /// <summary>Who asked for it; null: the tenant's backend.</summary>
    public UserId? Uploader { get; init; }
    public required string Name { get; init; }

    /// <summary>The media type, in lower case and without parameters.</summary>
    public required string Type { get; init; }

    /// <summary>In bytes: first as declared; what is not as long is not accepted.</summary>
    public required long Size { get; init; }
    public AttachmentStatus Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where clients ask for it; stands in the messages that refer to it.</summary>
    public required string Url { get; init; }

    /// <summary>What the file was found to be, once it is there.</summary>
    public FileFacts Facts { get; init; } = FileFacts.None;
}

/// <summary>What a file was found to be.</summary>
/// <param name="Width">Of an image as it is seen, in pixels.</param>
/// <param name="ThumbnailType">The media type of its thumbnail; null: it has none.</param>
/// <param name="ThumbnailSize">In bytes.</param>
public sealed record FileFacts(int? Width, int? Height, string? ThumbnailType, long ThumbnailSize)
{
    public static readonly FileFacts None = new(null, null, null, 0);
}

/// <param name="At">The time to be swept that it has.</param>
public sealed record ExpiredAttachment(StoredAttachment Attachment, DateTimeOffset At);

/// <summary>A message that refers to an attachment.</summary>
public sealed record AttachmentUse(ConversationId Conversation, string MessageId);

/// <summary>What a tenant's attachments amount to.</summary>
/// <param name="Bytes">Of files and thumbnails that are there, and of those that are announced.</param>
public sealed record AttachmentTotals(long Count, long Bytes);
