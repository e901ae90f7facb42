using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>The servers that help two devices to find a way to each other, as a browser's <c>RTCPeerConnection</c> takes them.</summary>
/// <param name="ExpiresAt">When the credentials end; null: there are none.</param>
public sealed record IceServersResponse(IReadOnlyList<IceServer> IceServers, DateTimeOffset? ExpiresAt = null);

/// <param name="Urls">Such as <c>stun:stun.example.com</c> or <c>turn:turn.example.com:3478?transport=udp</c>.</param>
/// <param name="Username">Of TURN servers only.</param>
/// <param name="Credential">Of TURN servers only.</param>
public sealed record IceServer(
    IReadOnlyList<string> Urls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Username = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Credential = null);

/// <summary>Replaces the tenant's own STUN and TURN servers.</summary>
/// <param name="StunUrls">Up to 10, such as <c>stun:stun.example.com</c>.</param>
/// <param name="TurnUrls">Up to 10, such as <c>turn:turn.example.com:3478?transport=udp</c>.</param>
/// <param name="Secret">What the TURN servers share with CaaS (coturn: <c>static-auth-secret</c>), 8 to 512 characters. Null keeps the one before.</param>
/// <param name="CredentialSeconds">How long credentials hold, 60 to 172,800; null: as the platform's.</param>
public sealed record PutTurnServersRequest(IReadOnlyList<string>? StunUrls = null, IReadOnlyList<string>? TurnUrls = null, string? Secret = null, int? CredentialSeconds = null);

/// <summary>The tenant's own STUN and TURN servers; of none, the platform's count.</summary>
/// <param name="HasSecret">Whether a secret is kept; it is never shown.</param>
public sealed record TurnServersResponse(IReadOnlyList<string> StunUrls, IReadOnlyList<string> TurnUrls, bool HasSecret, int? CredentialSeconds);
