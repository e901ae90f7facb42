using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Core.Tokens;

namespace Caas.Core.Tenants;

// What the entries of $tenant say. Secrets stand under "secret" only, hashed or sealed: see ReservedData.

internal sealed record TenantCreatedData(string By, string Name, TenantSettings Settings);

/// <summary>Only what was changed: two changes at once do not undo each other.</summary>
internal sealed record TenantChangedData(string By, string? Name, TenantSettings? Settings, TenantQuotas? Quotas = null);

internal sealed record TenantDeletedData(string By);

internal sealed record TokenSecretCreatedData(string By, string Kid, SealedSecret Secret);

internal sealed record TokenSecretDeletedData(string By);

internal sealed record SealedSecret(string Sealed);

/// <param name="Ids">The tokens (<c>jti</c>) or families that are revoked; empty: the user's that were issued before <paramref name="Before"/>.</param>
/// <param name="Family">The refresh family that ends with them.</param>
/// <param name="Until">When the last of the revoked tokens has ended by itself.</param>
internal sealed record TokensRevokedData(string By, string UserId, [property: JsonConverter(typeof(CamelCaseEnumConverter<RevocationKind>))] RevocationKind Kind, IReadOnlyList<string> Ids, string? Family, DateTimeOffset? Before, DateTimeOffset Until);
