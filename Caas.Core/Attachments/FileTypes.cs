using System.Buffers;
using System.Text;

namespace Caas.Core.Attachments;

/// <summary>Media types: which are allowed, and whether a file is what it says it is, by its first bytes.</summary>
public static class FileTypes
{
    /// <summary>How many first bytes are looked at.</summary>
    public const int Head = 4096;

    private const string Zip = "application/zip";
    private const string OldOffice = "application/x-ole-storage";

    /// <summary>What may be uploaded where the platform's settings name nothing else. Neither HTML nor SVG: both can hold scripts.</summary>
    public static readonly IReadOnlyList<string> Default =
    [
        "image/jpeg", "image/png", "image/gif", "image/webp",
        "video/mp4", "video/quicktime", "video/webm",
        "audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "audio/wav",
        "application/pdf", "application/zip", "text/plain", "text/csv",
        "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
    ];

    /// <summary>Images that are looked at: they get a width, a height and a thumbnail.</summary>
    private static readonly HashSet<string> Images = ["image/jpeg", "image/png", "image/gif", "image/webp"];

    /// <summary>The families of signatures that a type may have.</summary>
    private static readonly Dictionary<string, string[]> Signatures = new(StringComparer.Ordinal)
    {
        ["image/jpeg"] = ["jpeg"],
        ["image/png"] = ["png"],
        ["image/gif"] = ["gif"],
        ["image/webp"] = ["webp"],
        ["video/mp4"] = ["ftyp"],
        ["video/quicktime"] = ["ftyp"],
        ["audio/mp4"] = ["ftyp"],
        ["video/webm"] = ["ebml"],
        ["audio/webm"] = ["ebml"],
        ["audio/ogg"] = ["ogg"],
        ["audio/mpeg"] = ["mp3"],
        ["audio/wav"] = ["wav"],
        ["application/pdf"] = ["pdf"],
        [Zip] = ["zip"],
        ["application/msword"] = [OldOffice],
        ["application/vnd.ms-excel"] = [OldOffice],
        ["application/vnd.ms-powerpoint"] = [OldOffice],
    };

    private static readonly SearchValues<char> Token = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+");

    public static bool IsImage(string type) => Images.Contains(type);

    /// <summary>Whether a browser may show it in place: pictures, sound and films that it knows itself. Everything else is only saved.</summary>
    public static bool IsShownInPlace(string type) => Images.Contains(type) || type.StartsWith("video/", StringComparison.Ordinal) || type.StartsWith("audio/", StringComparison.Ordinal);

    /// <summary>Whether it is a media type without parameters (RFC 6838).</summary>
    public static bool IsType(string? type) => type is { Length: > 2 and <= 127 } && type.Split('/') is [var main, var sub] && IsToken(main) && IsToken(sub);

    /// <summary>Whether it is a media type, or all of a kind (<c>image/*</c>).</summary>
    public static bool IsRange(string? type) => IsType(type?.EndsWith("/*", StringComparison.Ordinal) == true ? type[..^1] + "any" : type);

    public static bool IsAllowed(string type, IReadOnlyList<string> allowed) =>
        allowed.Any(one => one.EndsWith("/*", StringComparison.Ordinal) ? type.StartsWith(one[..^1], StringComparison.OrdinalIgnoreCase) : string.Equals(one, type, StringComparison.OrdinalIgnoreCase));

    /// <summary>Why a file with these first bytes is not of this type; null: it may be.</summary>
    public static string? Contradiction(string type, ReadOnlySpan<byte> head)
    {
        var found = Recognize(head);
        if (Expected(type) is { } expected)
        {
            return found is not null && expected.Contains(found) ? null : $"is not what {type} begins with";
        }

        if (type.StartsWith("text/", StringComparison.Ordinal))
        {
            return found is not null || head.Contains((byte)0) ? $"is not {type}" : null;
        }

        // Of types without a signature of their own: nothing that is recognized as something else, and no pages with scripts.
        return found is not null ? $"is not {type}" : IsMarkup(head) ? "is a page" : null;
    }

    private static string[]? Expected(string type) =>
        Signatures.TryGetValue(type, out var families) ? families
        : type.StartsWith("application/vnd.openxmlformats-officedocument.", StringComparison.Ordinal) || type.StartsWith("application/vnd.oasis.opendocument.", StringComparison.Ordinal) ? ["zip"]
        : null;

    /// <summary>Which family of files begins like this; null: none that is known.</summary>
    private static string? Recognize(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "jpeg"
        : head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? "png"
        : head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) ? "gif"
        : head.StartsWith("RIFF"u8) && At(head, 8, "WEBP"u8) ? "webp"
        : head.StartsWith("RIFF"u8) && At(head, 8, "WAVE"u8) ? "wav"
        : At(head, 4, "ftyp"u8) || At(head, 4, "moov"u8) || At(head, 4, "wide"u8) ? "ftyp"
        : head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) ? "ebml"
        : head.StartsWith("OggS"u8) ? "ogg"
        : head.StartsWith("ID3"u8) || IsMpegFrame(head) ? "mp3"
        : head.StartsWith("%PDF-"u8) ? "pdf"
        : head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8) ? "zip"
        : head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) ? OldOffice
        : head.StartsWith("MZ"u8) || head.StartsWith("\u007fELF"u8) ? "program"
        : null;

    private static bool At(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> signature) => head.Length > offset && head[offset..].StartsWith(signature);

    /// <summary>The header of a frame of MPEG audio: eleven set bits, then a layer that is not reserved.</summary>
    private static bool IsMpegFrame(ReadOnlySpan<byte> head) => head.Length > 3 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 && (head[1] & 0x06) != 0 && (head[2] & 0xF0) != 0xF0;

    private static bool IsMarkup(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head[..Math.Min(head.Length, 1024)]).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n', '\0');
        return text.StartsWith('<') || text.Contains("<script", StringComparison.OrdinalIgnoreCase) || text.Contains("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Token);
}
