using System.Globalization;
using Caas.Contracts;

namespace Caas.Core.Polls;

/// <summary>What a poll may hold.</summary>
internal static class PollRules
{
    public const int MinOptions = 2;
    public const int MaxOptions = 20;
    public const int MaxOption = 200;
    public const int MaxQuestion = 300;

    public static void Check(Validation validation, CreatePoll? poll)
    {
        if (poll is null)
        {
            return;
        }

        validation
            .Check(poll.Question is null || IsText(poll.Question, MaxQuestion), "poll.question", $"must be 1 to {MaxQuestion} printable characters")
            .Check(poll.Options.Count is >= MinOptions and <= MaxOptions, "poll.options", $"must be {MinOptions} to {MaxOptions}")
            .Check(poll.Options.All(option => IsText(option, MaxOption)), "poll.options", $"must be 1 to {MaxOption} printable characters each")
            .Check(poll.Options.Distinct(StringComparer.Ordinal).Count() == poll.Options.Count, "poll.options", "must differ from each other");
    }

    /// <summary>A poll that is closed when it is sent would be one in which nobody can ever vote.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static void RequireOpen(CreatePoll? poll, DateTimeOffset at) =>
        new Validation().Check(poll?.ClosesAt is not { } closes || closes > at, "poll.closesAt", "must be after the message is sent").ThrowIfAny();

    /// <summary>A new poll, without votes.</summary>
    public static PollResponse? Create(CreatePoll? poll) => poll is null ? null : new(
        poll.Question,
        [.. poll.Options.Select((text, i) => new PollOption((i + 1).ToString(CultureInfo.InvariantCulture), text, 0, []))],
        poll.Multiple,
        poll.Anonymous,
        poll.ClosesAt is { } closes ? DateTimeOffset.FromUnixTimeMilliseconds(closes.ToUnixTimeMilliseconds()) : null,
        ClosedAt: null,
        VoterCount: 0);

    private static bool IsText(string? text, int most) => !string.IsNullOrWhiteSpace(text) && text.Length <= most && !text.Any(char.IsControl) && Tenants.TenantRules.IsWellFormed(text);
}
