using System.Security.Cryptography;
using Caas.ServiceDefaults;

namespace Caas.Standalone;

/// <summary>The admin key of a data folder: made at first start, readable by the owner only.</summary>
internal static class AdminKeyFile
{
    private const string FileName = "admin-key";

    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <returns>The key, and whether it was made just now.</returns>
    /// <exception cref="SetupException">The file cannot be read or written.</exception>
    public static (string Key, bool IsNew) ReadOrMake(string folder)
    {
        var path = PathIn(folder);
        try
        {
            if (File.Exists(path))
            {
                var kept = File.ReadAllText(path).Trim();
                return kept.Length > 0 ? (kept, false) : throw new SetupException($"{path} is empty: remove it, and a new admin key is made.");
            }

            var key = "caas_admin_" + RandomNumberGenerator.GetHexString(40, lowercase: true);

            // Written aside and renamed: a crash in between leaves no half a key.
            var aside = path + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                File.Delete(aside);
            }

            using (var writer = new StreamWriter(aside, options))
            {
                writer.WriteLine(key);
            }

            File.Move(aside, path);
            return (key, true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SetupException($"The admin key cannot be kept in {path}: {failure.Message}");
        }
    }
}
