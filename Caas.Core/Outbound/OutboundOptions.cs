using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Outbound;

/// <summary>HTTP to addresses that others have chosen, section <c>Caas:Outbound</c>.</summary>
public sealed class OutboundOptions
{
    public const string Section = "Caas:Outbound";

    /// <summary>Whether addresses of private networks and of this machine are called too. For tests, and for networks in which everybody may call everything. Default false.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How long connecting may take. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);
}

[OptionsValidator]
internal sealed partial class OutboundOptionsValidator : IValidateOptions<OutboundOptions>;
