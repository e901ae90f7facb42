using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What a tenant lets roles do otherwise than the platform's table, per type of conversation. What is absent stays as in the table; a field that is none of these is refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TenantPermissions(RolePermissions? Direct = null, RolePermissions? Group = null, RolePermissions? Channel = null);

/// <summary>Per role, names of rights (such as <c>pin</c>) with <c>true</c>, which gives them, or <c>false</c>, which takes them. The right <c>read</c> cannot be changed: to take it, remove the member.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RolePermissions(
    IReadOnlyDictionary<string, bool>? Owner = null, IReadOnlyDictionary<string, bool>? Moderator = null, IReadOnlyDictionary<string, bool>? Member = null, IReadOnlyDictionary<string, bool>? Reader = null);
