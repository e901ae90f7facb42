using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Asks for a place to upload a file to.</summary>
/// <param name="Name">The file's name, 1 to 255 characters without control characters and slashes.</param>
/// <param name="Type">Its media type, such as <c>image/png</c>: one that the platform allows, without parameters.</param>
/// <param name="Size">Its length in bytes, from 1 to what the platform allows (25 MiB by default). What is uploaded must be exactly as long.</param>
public sealed record CreateAttachmentRequest(string Name, string Type, long Size);

/// <summary>Where to upload a file: one request of this method to this address, with these headers and the file as its body, before it expires. It needs no credentials.</summary>
/// <param name="Id">What a message refers to in <c>attachmentId</c>.</param>
/// <param name="Headers">To be sent as they are.</param>
/// <param name="Url">Where to ask for the attachment: <c>GET /v1/attachments/{id}</c>. It stands in messages, and is no link to the file itself.</param>
public sealed record AttachmentUpload(string Id, string UploadUrl, string Method, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt, string Url);

/// <summary>How far an attachment is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AttachmentStatus>))]
public enum AttachmentStatus
{
    /// <summary>Its file was not uploaded yet.</summary>
    Pending,

    /// <summary>Its file is there.</summary>
    Ready,
}

/// <summary>An uploaded file.</summary>
/// <param name="Width">In pixels, of an image as it is seen; null: not an image.</param>
/// <param name="UploadedBy">The user; null: the backend.</param>
/// <param name="DownloadUrl">A link to the file that needs no credentials and ends at <paramref name="LinksExpireAt"/>; null while it is pending.</param>
/// <param name="ThumbnailUrl">The same for a small picture of it; null: it has none.</param>
/// <param name="Upload">While it is pending, for whoever makes it: a fresh place to upload to.</param>
public sealed record AttachmentResponse(
    string Id,
    string Name,
    string Type,
    long Size,
    AttachmentStatus Status,
    int? Width,
    int? Height,
    string? UploadedBy,
    DateTimeOffset CreatedAt,
    string Url,
    string? DownloadUrl,
    string? ThumbnailUrl,
    DateTimeOffset? LinksExpireAt,
    AttachmentUpload? Upload);
