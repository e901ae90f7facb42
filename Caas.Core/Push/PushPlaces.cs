using Caas.Contracts;

namespace Caas.Core.Push;

/// <summary>What a job occupies while it is under way, by name: its tenant's share, its service's, its user's, its device. Stores leave out jobs by these names.</summary>
public static class PushPlaces
{
    public const string Tenant = "t:";
    public const string Service = "s:";
    public const string User = "u:";
    public const string Device = "d:";

    private static readonly HashSet<string> Known = [.. Enum.GetNames<DevicePlatform>()];

    public static IReadOnlyList<string> Of(PushJob job) => [$"{Tenant}{job.Tenant}", $"{Service}{job.Tenant}/{job.Service}", $"{User}{job.Tenant}/{job.User}", DeviceOf(job)];

    public static string DeviceOf(PushJob job) => $"{Device}{job.Tenant}/{job.User}/{job.Device}";

    /// <summary>Whether it is a host that a user named.</summary>
    public static bool IsHost(string place) => place.StartsWith(Service, StringComparison.Ordinal) && !Known.Contains(place[(place.IndexOf('/', StringComparison.Ordinal) + 1)..]);
}
