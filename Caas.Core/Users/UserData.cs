using System.Text.Json;

namespace Caas.Core.Users;

// What the entries of $user/{id} say.

/// <summary>The whole profile, of <c>user.created</c>.</summary>
internal sealed record UserProfileData(string By, string Name, string? AvatarUrl, string Role, JsonElement? Custom);

/// <summary>Only what was changed: two changes at once do not undo each other.</summary>
/// <param name="Custom">The new custom data as a whole.</param>
/// <param name="Cleared">Fields that were cleared: <c>avatarUrl</c>, <c>custom</c>.</param>
/// <param name="CustomPatch">What is merged into the custom data (RFC 7396).</param>
internal sealed record UserChangedData(string By, string? Name, string? AvatarUrl, string? Role, JsonElement? Custom, IReadOnlyList<string> Cleared, JsonElement? CustomPatch = null);

/// <param name="Until">When the last token that was issued before has ended by itself.</param>
internal sealed record UserDeactivatedData(string By, DateTimeOffset Until);

internal sealed record UserReactivatedData(string By);

/// <summary>The one entry of an erased user's log that keeps what it says.</summary>
/// <param name="Until">When the last token that was issued before has ended by itself.</param>
internal sealed record UserErasingData(string By, string Pseudonym, DateTimeOffset Until);
