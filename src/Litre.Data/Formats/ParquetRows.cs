using System.Collections;
using System.Globalization;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace Litre.Data.Formats;

/// <summary>Rows of a Parquet file, one row group in memory at a time.</summary>
internal static class ParquetRows
{
    public static IEnumerable<RawRow> Read(string path)
    {
        var number = 0L;
        var (groups, reason) = Guard(() => CountGroups(path), -1);
        for (var group = 0; group < groups; group++)
        {
            var index = group;
            var (rows, failure) = Guard(() => ReadGroup(path, index), []);
            reason = failure;
            foreach (var row in rows)
                yield return new RawRow(++number, Convert(row));
            if (reason != null)
                break;
        }
        if (reason != null)
            yield return new RawRow(
                number + 1,
                null,
                $"the Parquet data cannot be read from here on ({reason})",
                "download the file again"
            );
    }

    // On damaged files the library throws any kind of exception, including for absurd allocations.
    private static (T, string?) Guard<T>(Func<T> read, T fallback)
    {
        try
        {
            return (read(), null);
        }
        catch (Exception e)
        {
            return (fallback, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static int CountGroups(string path)
    {
        var reader = ParquetReader.CreateAsync(path).GetAwaiter().GetResult();
        try
        {
            return reader.RowGroupCount;
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static IEnumerable<IDictionary<string, object?>> ReadGroup(string path, int group)
    {
        using var stream = File.OpenRead(path);
        var result = ParquetSerializer.DeserializeUntypedAsync(stream, null, group).GetAwaiter().GetResult();
        return result.Data.Cast<IDictionary<string, object?>>().ToList();
    }

    private static object? Convert(object? value) =>
        value switch
        {
            null or string or bool or double or byte[] => value,
            long or ulong or decimal => JsonTree.Convert(JsonSerializer.SerializeToElement(value)), // preserves every digit
            float single => double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            int or short or sbyte or byte or uint or ushort => System.Convert.ToDouble(value, CultureInfo.InvariantCulture),
            IDictionary<string, object?> map => map.ToDictionary(p => p.Key, p => Convert(p.Value)),
            IDictionary map => map.Keys.Cast<object>().ToDictionary(k => k.ToString()!, k => Convert(map[k])),
            IEnumerable list => list.Cast<object?>().Select(Convert).ToList(),
            _ => value.ToString(),
        };
}
