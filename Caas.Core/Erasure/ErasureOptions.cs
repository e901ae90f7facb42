using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Erasure;

/// <summary>How users are erased, section <c>Caas:Erasure</c>.</summary>
public sealed class ErasureOptions
{
    public const string Section = "Caas:Erasure";

    /// <summary>How often it is asked who is to be erased. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long between the two passes: by then all calls have ended that the user, or others about the user, had begun. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class ErasureOptionsValidator : IValidateOptions<ErasureOptions>;
