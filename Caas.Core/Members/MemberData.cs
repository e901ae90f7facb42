using Caas.Contracts;

namespace Caas.Core.Members;

/// <summary>A first member of a conversation.</summary>
public sealed record MemberSeed(string UserId, MemberRole Role);

/// <summary>What a <c>member.added</c> entry keeps.</summary>
public sealed record MembersAddedData(IReadOnlyList<string> UserIds, MemberRole Role);

/// <summary>What a <c>member.removed</c> entry keeps.</summary>
public sealed record MembersRemovedData(IReadOnlyList<string> UserIds);

/// <summary>What a <c>member.changed</c> entry keeps.</summary>
public sealed record MemberChangedData(string UserId, MemberRole Role);
