using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Retention;

/// <summary>How tenants' retention is kept, section <c>Caas:Retention</c>.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Caas:Retention";

    /// <summary>How long between two rounds over all tenants. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);
}

[OptionsValidator]
internal sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;
