using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Tokens;

/// <summary>User tokens, section <c>Caas:Tokens</c>.</summary>
public sealed class TokenOptions
{
    public const string Section = "Caas:Tokens";

    /// <summary>Longest life of a user token that a tenant can allow.</summary>
    public static readonly TimeSpan MostLifetime = TimeSpan.FromDays(7);

    /// <summary>Longest life of a user token where the tenant has not said otherwise.</summary>
    public static readonly TimeSpan DefaultMostLifetime = TimeSpan.FromDays(1);

    /// <summary>How far ahead another clock may be: for <c>iat</c> and <c>nbf</c>.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Life of a user token when the backend names none, 60 s to 1 day. Default 1 h; never above the tenant's longest.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Life of a refresh token, 1 hour to 1 year. Default 30 days; using it gives a new one of the same life.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan RefreshLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The claim <c>iss</c> of the platform's tokens. Default <c>caas</c>.</summary>
    [Required]
    public string Issuer { get; init; } = "caas";

    /// <summary>The claim <c>aud</c> of the platform's tokens. Default <c>caas</c>.</summary>
    [Required]
    public string Audience { get; init; } = "caas";
}

[OptionsValidator]
internal sealed partial class TokenOptionsValidator : IValidateOptions<TokenOptions>;
