using System.Globalization;
using System.Text;

namespace Caas.Core.Search;

/// <summary>What a (folded) character is to the search.</summary>
internal static class Scripts
{
    private const string Voiceable = "うかきくけこさしすせそたちつてとはひふへほウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲ";
    private const string Voiced = "ゔがぎぐげござじずぜぞだぢづでどばびぶべぼヴガギグゲゴザジズゼゾダヂヅデドバビブベボヷヸヹヺ";
    private const string Half = "はひふへほハヒフヘホ";
    private const string HalfVoiced = "ぱぴぷぺぽパピプペポ";

    private static readonly (int First, int Last)[] Unspaced =
    [
        (0x0E00, 0x0EFF), // Thai, Lao
        (0x1000, 0x109F), // Myanmar
        (0x1100, 0x11FF), // Hangul, letter by letter
        (0x1780, 0x17FF), // Khmer
        (0x3005, 0x3007), // 々 〆 〇
        (0x3031, 0x3035),
        (0x3040, 0x312F), // Hiragana, Katakana, Bopomofo
        (0x3130, 0x318F),
        (0x31A0, 0x31BF),
        (0x31F0, 0x31FF),
        (0x3400, 0x4DBF), // Han
        (0x4E00, 0x9FFF),
        (0xA000, 0xA4CF), // Yi
        (0xA960, 0xA97F),
        (0xAC00, 0xD7FF), // Hangul
        (0xF900, 0xFAFF),
        (0x1B000, 0x1B16F),
        (0x20000, 0x3FFFF),
    ];

    /// <summary>Of a script that is written without spaces between words, so that each character stands for itself.</summary>
    public static bool IsUnspaced(Rune rune)
    {
        if (rune.Value < Unspaced[0].First)
        {
            return false;
        }

        foreach (var (first, last) in Unspaced)
        {
            if (rune.Value <= last)
            {
                return rune.Value >= first && Rune.GetUnicodeCategory(rune) is not UnicodeCategory.DecimalDigitNumber and not UnicodeCategory.OtherNumber && IsOfWord(rune);
            }
        }

        return false;
    }

    /// <summary>Letters, digits, and the marks that belong to them.</summary>
    public static bool IsOfWord(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Neither seen nor a border: joiners, soft hyphens, selectors of a variant.</summary>
    public static bool IsTransparent(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>One character for two that stand for it: a kana and its voicing, a Hangul syllable and its next letter (The Unicode Standard, section 3.12). Null: they do not join.</summary>
    public static string? Compose(string first, int second)
    {
        if (first.Length != 1)
        {
            return null;
        }

        if (second is 0x3099 or 0x309A)
        {
            var (plain, composed) = second == 0x3099 ? (Voiceable, Voiced) : (Half, HalfVoiced);
            return plain.IndexOf(first[0]) is >= 0 and var at ? composed[at].ToString() : null;
        }

        if (first[0] is >= '\u1100' and <= '\u1112' && second is >= 0x1161 and <= 0x1175)
        {
            return ((char)(0xAC00 + ((((first[0] - 0x1100) * 21) + (second - 0x1161)) * 28))).ToString();
        }

        return first[0] is >= '\uAC00' and <= '\uD7A3' && (first[0] - 0xAC00) % 28 == 0 && second is >= 0x11A8 and <= 0x11C2
            ? ((char)(first[0] + (second - 0x11A7))).ToString()
            : null;
    }
}
