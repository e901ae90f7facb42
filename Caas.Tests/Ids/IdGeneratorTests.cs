using Caas.Core.Ids;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Ids;

public sealed class IdGeneratorTests
{
    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Ids_sort_in_the_order_in_which_they_were_made_also_within_a_millisecond()
    {
        var generator = new IdGenerator(_clock);
        var ids = new List<string>();
        for (var i = 0; i < 10_000; i++)
        {
            ids.Add(generator.Next());
            if (i % 1000 == 0)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
    }

    [Fact]
    public void An_id_is_a_UUID_of_version_7_of_its_moment()
    {
        var id = Guid.Parse(new IdGenerator(_clock).Next());
        Assert.Equal((7, true), (id.Version, id.Variant is >= 8 and < 12));
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeMilliseconds(), Convert.ToInt64(Convert.ToHexString(bytes[..6]), 16));
    }

    [Fact]
    public async Task Many_threads_make_no_id_twice()
    {
        var generator = new IdGenerator(_clock);
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5000).Select(_ => generator.Next()).ToList())));
        Assert.Equal(20_000, made.SelectMany(ids => ids).Distinct().Count());
        Assert.All(made, ids => Assert.Equal(ids.Order(StringComparer.Ordinal), ids));
    }
}
