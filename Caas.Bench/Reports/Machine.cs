using System.Runtime.InteropServices;

namespace Caas.Bench.Reports;

/// <summary>What the figures were taken on.</summary>
/// <param name="MemoryGiB">What this process may use.</param>
public sealed record Machine(int Cores, double MemoryGiB, string System, string Runtime, string Build)
{
    public static Machine This() => new(
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0, 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
#if DEBUG
        "Debug");
#else
        "Release");
#endif
}
