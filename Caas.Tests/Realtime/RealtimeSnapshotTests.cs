using System.Runtime.CompilerServices;
using Caas.Realtime.Hubs;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class RealtimeSnapshotTests
{
    /// <summary><c>CAAS_UPDATE_SNAPSHOTS=1</c> writes the file anew; the difference is then for people to judge.</summary>
    [Fact]
    public async Task The_hub_is_what_docs_api_says()
    {
        var path = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "api", "realtime.v1.json");
        var now = RealtimeSnapshot.Create();
        if (Environment.GetEnvironmentVariable("CAAS_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, now, TestContext.Current.CancellationToken);
        }

        Assert.Equal((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n"), now);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
