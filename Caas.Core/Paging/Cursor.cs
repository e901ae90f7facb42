using System.Buffers.Text;
using System.Text;

namespace Caas.Core.Paging;

/// <summary>Opaque, versioned cursors of lists: base64url of <c>1|list|part|part…</c>. A cursor of another list, or a forged one, is refused.</summary>
public static class Cursor
{
    private const char Separator = '\n';

    public static string Encode(string list, params ReadOnlySpan<string> parts) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, ["1", list, .. parts])));

    /// <returns>The parts; null when <paramref name="cursor"/> is null or empty: the first page.</returns>
    /// <exception cref="RefusedException"><c>invalid_cursor</c>.</exception>
    public static string[]? Decode(string list, string? cursor, int parts)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        if (cursor.Length > 1024 || !Base64Url.IsValid(cursor))
        {
            throw Refusal.InvalidCursor.AsException();
        }

        var fields = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(Separator);
        return fields.Length == parts + 2 && fields[0] == "1" && fields[1] == list ? fields[2..] : throw Refusal.InvalidCursor.AsException();
    }
}

/// <summary>How many items a list gives.</summary>
public static class PageLimit
{
    public const int Default = 50;
    public const int Most = 200;

    /// <exception cref="RefusedException"><c>validation_failed</c> outside 1 to <paramref name="most"/>.</exception>
    public static int Require(int? limit, int most = Most) =>
        limit is null ? Math.Min(Default, most) : limit is { } given && given >= 1 && given <= most ? given : throw Refusal.ValidationFailed.With("limit", $"must be 1 to {most}");
}
