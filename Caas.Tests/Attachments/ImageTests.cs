using Caas.Adapters.Images;
using Caas.Core.Refusals;
using SkiaSharp;
using Xunit;

namespace Caas.Tests.Attachments;

public sealed class ImageTests
{
    private const long Most = 40_000_000;

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg, "image/jpeg")]
    [InlineData(SKEncodedImageFormat.Png, "image/png")]
    [InlineData(SKEncodedImageFormat.Webp, "image/jpeg")]
    public void A_thumbnail_keeps_the_form_and_fits(SKEncodedImageFormat format, string type)
    {
        var found = new SkiaImages().Read(Pictures.Make(1000, 500, format), Most, 320);
        Assert.Equal((1000, 500, type), (found.Width, found.Height, found.ThumbnailType));
        var small = SKBitmap.DecodeBounds(found.Thumbnail);
        Assert.Equal((320, 160), (small.Width, small.Height));
        Assert.True(Pictures.ColorAt(found.Thumbnail!, 0.1f, 0.5f) is { Red: > 200, Blue: < 60 });
        Assert.True(Pictures.ColorAt(found.Thumbnail!, 0.9f, 0.5f) is { Red: < 60, Blue: > 200 });
    }

    [Fact]
    public void A_small_image_is_not_made_larger_and_none_is_made_where_none_is_wanted()
    {
        var small = SKBitmap.DecodeBounds(new SkiaImages().Read(Pictures.Make(20, 30), Most, 320).Thumbnail);
        Assert.Equal((20, 30), (small.Width, small.Height));
        Assert.Null(new SkiaImages().Read(Pictures.Make(20, 30), Most, 0).Thumbnail);
    }

    /// <summary>Red is where the stored left edge comes to lie (EXIF 2.32, table of orientations).</summary>
    [Theory]
    [InlineData(1, 200, 100, 0.1f, 0.5f)]
    [InlineData(2, 200, 100, 0.9f, 0.5f)]
    [InlineData(3, 200, 100, 0.9f, 0.5f)]
    [InlineData(4, 200, 100, 0.1f, 0.5f)]
    [InlineData(5, 100, 200, 0.5f, 0.1f)]
    [InlineData(6, 100, 200, 0.5f, 0.1f)]
    [InlineData(7, 100, 200, 0.5f, 0.9f)]
    [InlineData(8, 100, 200, 0.5f, 0.9f)]
    public void An_image_is_turned_as_it_is_meant(ushort orientation, int width, int height, float redX, float redY)
    {
        var found = new SkiaImages().Read(Pictures.WithOrientation(Pictures.Make(200, 100), orientation), Most, 100);
        Assert.Equal((width, height), (found.Width, found.Height));
        var small = SKBitmap.DecodeBounds(found.Thumbnail);
        Assert.Equal((width / 2, height / 2), (small.Width, small.Height));
        Assert.True(Pictures.ColorAt(found.Thumbnail!, redX, redY) is { Red: > 150, Blue: < 100 }, $"not red at {redX}, {redY}");
        Assert.True(Pictures.ColorAt(found.Thumbnail!, 1 - redX, 1 - redY) is { Red: < 100, Blue: > 150 }, "not blue on the other side");
    }

    [Fact]
    public void What_would_unpack_to_more_than_is_bearable_is_refused_unread()
    {
        Assert.Contains("pixels", RefusalOf(Pictures.Bomb(100_000, 100_000)), StringComparison.Ordinal);
        Assert.Contains("pixels", Assert.Throws<RefusedException>(() => new SkiaImages().Read(Pictures.Make(101, 100), 10_000, 10)).Detail, StringComparison.Ordinal);
        Assert.Contains("is not an image", RefusalOf([1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("is not an image", RefusalOf(Pictures.Make(100, 100, SKEncodedImageFormat.Png)[..20]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg, 100)]
    [InlineData(SKEncodedImageFormat.Png, 100)]
    [InlineData(SKEncodedImageFormat.Webp, 100)]
    [InlineData(SKEncodedImageFormat.Png, 0)]
    public void What_ends_in_the_middle_or_promises_more_than_there_is_cannot_be_read(SKEncodedImageFormat format, int side)
    {
        var whole = Pictures.Make(400, 400, format);
        Assert.Contains("is not an image", Assert.Throws<RefusedException>(() => new SkiaImages().Read(whole[..(whole.Length / 2)], Most, side)).Detail, StringComparison.Ordinal);
        Assert.Contains("is not an image", Assert.Throws<RefusedException>(() => new SkiaImages().Read(Pictures.Bomb(3000, 3000), Most, side)).Detail, StringComparison.Ordinal);
        Assert.Equal(400, new SkiaImages().Read(whole, Most, side).Width);
    }

    private static string RefusalOf(byte[] file) => Assert.Throws<RefusedException>(() => new SkiaImages().Read(file, Most, 100)).Detail;
}
