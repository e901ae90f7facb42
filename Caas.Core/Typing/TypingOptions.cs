using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Typing;

/// <summary>How typing is told.</summary>
public sealed class TypingOptions
{
    public const string Section = "Caas:Typing";

    /// <summary>How long somebody counts as typing without saying so again: 1 to 60 s. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")] public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>In conversations of more members typing is not told: 1 to 10,000. Default 1,000.</summary>
    [Range(1, 10_000)] public int MostMembers { get; init; } = 1_000;
}

[OptionsValidator]
internal sealed partial class TypingOptionsValidator : IValidateOptions<TypingOptions>;
