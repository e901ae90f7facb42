using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Members;
using Caas.Core.Messages;

namespace Caas.Core.Conversations;

/// <summary>What a conversation may be made of.</summary>
internal static class ConversationRules
{
    public const int MaxMembers = 10_000;
    public const int MaxName = 200;

    /// <summary>Six hours.</summary>
    public const int MaxSlowMode = 6 * 3600;

    /// <summary>Ids of direct conversations start with this; callers may not choose one.</summary>
    public const string DirectPrefix = "direct:";

    /// <summary>Whether this is the id of a direct conversation.</summary>
    public static bool IsDirect(string id) => id.StartsWith(DirectPrefix, StringComparison.Ordinal);

    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static void Require(CreateConversationRequest request)
    {
        var validation = new Validation()
            .Check(Enum.IsDefined(request.Type), "type", "must be direct, group or channel")
            .Check(request.Id is null || PublicId.IsValid(request.Id), "id", "must be 1 to 64 of A-Z a-z 0-9 - _ . @ :")
            .Check(request.Id is null || !request.Id.StartsWith(DirectPrefix, StringComparison.Ordinal), "id", $"must not start with {DirectPrefix}")
            .Check(request.Id is null || request.Type != ConversationType.Direct, "id", "cannot be chosen for a direct conversation")
            .Check(request.MemberIds is null || request.MemberIds.All(PublicId.IsValid), "memberIds", "must be user ids")
            .Check(request.MemberIds is null || request.MemberIds.Count <= MaxMembers, "memberIds", $"must be at most {MaxMembers}");
        Members(validation, request);
        MessageRules.Custom(Name(validation, request.Name), request.Custom).ThrowIfAny();
    }

    /// <summary>Who belongs to it from the start, and as what; each once.</summary>
    /// <param name="creator">Its owner; null: the backend creates it, and it has those owners that it names.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static IReadOnlyList<MemberSeed> Seeds(CreateConversationRequest request, UserId? creator)
    {
        var roles = new OrderedDictionary<string, MemberRole>(StringComparer.Ordinal);
        if (creator is { } user)
        {
            roles[user.Value] = request.Type == ConversationType.Direct ? MemberRole.Member : MemberRole.Owner;
        }

        foreach (var member in request.Members ?? [])
        {
            if (!roles.TryAdd(member.UserId, member.Role ?? MemberRole.Member) && member.Role is { } role && role != roles[member.UserId])
            {
                throw Refusal.ValidationFailed.With("members", "must not give its creator another role than owner");
            }
        }

        foreach (var member in request.MemberIds ?? [])
        {
            roles.TryAdd(member, MemberRole.Member);
        }

        RequireMemberCount(request.Type, roles.Count);
        return [.. roles.Select(member => new MemberSeed(member.Key, member.Value))];
    }

    private static void Members(Validation validation, CreateConversationRequest request)
    {
        var members = request.Members ?? [];
        validation
            .Check(members.Count == 0 || request.Type != ConversationType.Direct, "members", "does not go with a direct conversation: name its people in memberIds")
            .Check(members.Count <= MaxMembers, "members", $"must be at most {MaxMembers}")
            .Check(members.All(member => PublicId.IsValid(member?.UserId)), "members", "must name user ids")
            .Check(members.All(member => member?.Role is not { } role || Enum.IsDefined(role)), "members", "must have roles owner, moderator, member or reader")
            .Check(members.Select(member => member?.UserId).Distinct(StringComparer.Ordinal).Count() == members.Count, "members", "must not name one twice");
    }

    /// <param name="count">The caller included.</param>
    private static void RequireMemberCount(ConversationType type, int count) =>
        new Validation()
            .Check(type != ConversationType.Direct || count == 2, "memberIds", "must name exactly two people, the caller included")
            .Check(count <= MaxMembers, "memberIds", $"must be at most {MaxMembers}")
            .ThrowIfAny();

    public static Validation Name(Validation validation, string? name) =>
        validation.Check(name is null || (name.Length is > 0 and <= MaxName && !name.Any(char.IsControl)), "name", $"must be 1 to {MaxName} characters");

    /// <summary>The id of two people's direct conversation: the same whoever asks first. After each deletion they get the one of the next generation.</summary>
    /// <param name="generation">1, 2, 3 …</param>
    public static ConversationId DirectId(UserId one, UserId other, int generation)
    {
        var (first, second) = string.CompareOrdinal(one.Value, other.Value) < 0 ? (one, other) : (other, one);
        var pair = generation == 1 ? $"{first}/{second}" : $"{first}/{second}/{generation}";
        return new(DirectPrefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(pair))));
    }

    /// <summary>Null and JSON null are the same.</summary>
    public static JsonElement? OrNull(this JsonElement? element) => element is { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : element;
}
