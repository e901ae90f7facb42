namespace Caas.Core.Typing;

/// <summary>Says who is typing, in English: up to three by name, of more the first two.</summary>
public static class TypingText
{
    public static string Of(IReadOnlyList<string> names) => names switch
    {
        [] => "",
        [var one] => $"{one} is typing…",
        [var one, var other] => $"{one} and {other} are typing…",
        [var one, var other, var third] => $"{one}, {other} and {third} are typing…",
        [var one, var other, ..] => $"{one}, {other} and {names.Count - 2} others are typing…",
    };
}
