using System.Text;

namespace Caas.Core.Reactions;

/// <summary>What may be reacted with: one emoji (UTS #51: with skin tones, joined ones, flags, keycaps) or a short name of the tenant's own. Each in one form, so that the same emoji is one reaction.</summary>
internal static class Emoji
{
    public const string Expected = "must be one emoji, or a short name of 1 to 32 of a-z 0-9 _ + - that does not begin with _";

    private const int MaxName = 32;
    private const int MaxBytes = 64;
    private const int Joiner = 0x200D;
    private const int AsPicture = 0xFE0F;
    private const int Keycap = 0x20E3;

    /// <returns>The one form of it: <c>❤</c> becomes <c>❤️</c>; null when it is neither an emoji nor a name.</returns>
    public static string? Normalize(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxBytes)
        {
            return null;
        }

        if (IsName(text))
        {
            return text;
        }

        var (rest, form) = (new Queue<int>(text.EnumerateRunes().Select(rune => rune.Value)), new StringBuilder(text.Length + 1));
        return Take(rest, form) && rest.Count == 0 && Encoding.UTF8.GetByteCount(form.ToString()) <= MaxBytes ? form.ToString() : null;
    }

    private static bool IsName(string text) => text.Length <= MaxName && text[0] != '_' && text.All(character => character is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '+' or '-');

    private static bool Take(Queue<int> rest, StringBuilder form)
    {
        var first = rest.Peek();
        if (first is (>= '0' and <= '9') or '#' or '*')
        {
            return TakeKeycap(rest, form);
        }

        if (IsRegional(first))
        {
            Append(form, rest.Dequeue());
            return rest.TryDequeue(out var second) && IsRegional(second) && Append(form, second);
        }

        while (TakePicture(rest, form))
        {
            if (!rest.TryPeek(out var next) || next != Joiner)
            {
                return true;
            }

            Append(form, rest.Dequeue());
        }

        return false;
    }

    private static bool TakeKeycap(Queue<int> rest, StringBuilder form)
    {
        Append(form, rest.Dequeue());
        Skip(rest, AsPicture);
        return rest.TryDequeue(out var keycap) && keycap == Keycap && Append(form, AsPicture) && Append(form, Keycap);
    }

    /// <summary>A picture with what belongs to it: a skin tone, or the letters of a flag in tags, or the mark that makes a picture of a text character.</summary>
    private static bool TakePicture(Queue<int> rest, StringBuilder form)
    {
        if (!rest.TryDequeue(out var picture) || !(Pictographs.IsPicture(picture) || Pictographs.IsText(picture)))
        {
            return false;
        }

        Append(form, picture);
        Skip(rest, AsPicture);
        if (rest.TryPeek(out var tone) && tone is >= 0x1F3FB and <= 0x1F3FF)
        {
            return Append(form, rest.Dequeue());
        }

        if (Pictographs.IsText(picture))
        {
            return Append(form, AsPicture);
        }

        return !rest.TryPeek(out var tag) || !IsTag(tag) || TakeTags(rest, form);
    }

    private static bool TakeTags(Queue<int> rest, StringBuilder form)
    {
        while (rest.TryPeek(out var tag) && IsTag(tag))
        {
            Append(form, rest.Dequeue());
        }

        return rest.TryDequeue(out var end) && end == 0xE007F && Append(form, end);
    }

    private static bool IsRegional(int character) => character is >= 0x1F1E6 and <= 0x1F1FF;

    private static bool IsTag(int character) => character is >= 0xE0020 and <= 0xE007E;

    private static void Skip(Queue<int> rest, int character)
    {
        if (rest.TryPeek(out var next) && next == character)
        {
            rest.Dequeue();
        }
    }

    private static bool Append(StringBuilder form, int character)
    {
        form.Append(new Rune(character).ToString());
        return true;
    }
}
