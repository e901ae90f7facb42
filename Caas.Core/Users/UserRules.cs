using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Custom;
using Caas.Core.Messages;
using Caas.Core.Tenants;

namespace Caas.Core.Users;

/// <summary>What a user's profile may hold. All that is wrong is told at once.</summary>
internal static class UserRules
{
    public const int MaxBatch = 100;
    private const int MaxUrl = 2_048;

    /// <summary>How the pseudonym of a user begins who was erased. Nobody may take one: what that user left would be theirs.</summary>
    public const string ErasedPrefix = "erased-";

    public static Validation Id(Validation validation, string? id, string field) => validation
        .Check(PublicId.IsValid(id), field, "must be 1 to 64 of A-Z a-z 0-9 - _ . @ :")
        .Check(id?.StartsWith(ErasedPrefix, StringComparison.Ordinal) != true, field, $"must not begin with {ErasedPrefix}: so do the pseudonyms of erased users");

    public static Validation Profile(Validation validation, Profile profile, string prefix = "")
    {
        TenantRules.Name(validation, profile.Name, $"{prefix}name");
        AvatarUrl(validation, profile.AvatarUrl, $"{prefix}avatarUrl");
        Role(validation, profile.Role, $"{prefix}role");
        return MessageRules.Custom(validation, profile.Custom, $"{prefix}custom");
    }

    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static void Require(UpdateUserRequest request)
    {
        var validation = new Validation();
        if (request.Name.IsSet)
        {
            TenantRules.Name(validation, request.Name.Value);
        }

        if (request.Role.IsSet)
        {
            Role(validation, request.Role.Value, "role");
        }

        AvatarUrl(validation, request.AvatarUrl.Or(null), "avatarUrl");
        CustomPatch.Of(request.Custom).Check(validation).ThrowIfAny();
    }

    private static void AvatarUrl(Validation validation, string? url, string field) =>
        validation.Check(
            url is null || (url.Length <= MaxUrl && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && TenantRules.IsWellFormed(url)),
            field,
            $"must be an absolute http or https URL of at most {MaxUrl} characters");

    private static void Role(Validation validation, string? role, string field) =>
        validation.Check(role is UserRoles.User or UserRoles.Admin, field, $"must be {UserRoles.User} or {UserRoles.Admin}");
}

/// <summary>A whole profile, as an upsert gives it.</summary>
internal sealed record Profile(string Name, string? AvatarUrl, string Role, JsonElement? Custom)
{
    public static Profile Of(UpsertUserRequest request) => new(request.Name, request.AvatarUrl, request.Role ?? UserRoles.User, Given(request.Custom));

    public static Profile Of(BatchUser user) => new(user.Name, user.AvatarUrl, user.Role ?? UserRoles.User, Given(user.Custom));

    public bool IsOf(User user) => user.Name == Name && user.AvatarUrl == AvatarUrl && user.Role == Role && SameCustom(user.Custom, Custom);

    public static bool SameCustom(JsonElement? one, JsonElement? other) => one is { } a ? other is { } b && JsonElement.DeepEquals(a, b) : other is null;

    /// <summary>JSON null and absent mean the same. What is kept must not die with the request's buffer.</summary>
    public static JsonElement? Given(JsonElement? custom) => custom is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given ? given.Clone() : null;
}
