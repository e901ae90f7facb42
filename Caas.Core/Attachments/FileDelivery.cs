using System.Text;

namespace Caas.Core.Attachments;

/// <summary>How files are delivered: only what a browser shows without running anything is shown in place, everything else is saved.</summary>
public static class FileDelivery
{
    /// <summary>The media type.</summary>
    public static string Type(StoredAttachment attachment, FileVariant variant) =>
        variant == FileVariant.Thumbnail ? attachment.Facts.ThumbnailType ?? "application/octet-stream"
        : FileTypes.IsShownInPlace(attachment.Type) || attachment.Type == "application/pdf" ? attachment.Type
        : attachment.Type.StartsWith("text/", StringComparison.Ordinal) ? "text/plain; charset=utf-8"
        : "application/octet-stream";

    /// <summary><c>Content-Disposition</c> (RFC 6266), the name also in UTF-8.</summary>
    public static string Disposition(StoredAttachment attachment, FileVariant variant)
    {
        var name = variant == FileVariant.Thumbnail ? $"thumbnail-{attachment.Name}" : attachment.Name;
        var plain = new StringBuilder();
        foreach (var character in name)
        {
            plain.Append(character is >= ' ' and <= '~' and not ('"' or '\\' or '%') ? character : '_');
        }

        return $"{(variant == FileVariant.Thumbnail || FileTypes.IsShownInPlace(attachment.Type) ? "inline" : "attachment")}; filename=\"{plain}\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";
    }
}
