using System.Globalization;
using System.Text.Json.Serialization;

namespace Litre.Data.Samples;

/// <summary>Where a row stands.</summary>
/// <param name="File">The data file.</param>
/// <param name="Line">Line of the file where the row begins, from 1; for Parquet the row's number.</param>
public readonly record struct SampleOrigin(string File, long Line)
{
    /// <summary>The row's number in its file, from 1, where several rows begin in one line; null where the line says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Number { get; init; }

    /// <summary>What follows the file's name: its line, or the row's number.</summary>
    [JsonIgnore]
    public string Place =>
        Number switch
        {
            null => string.Create(CultureInfo.InvariantCulture, $":{Line}"),
            { } number when Line > 1 => string.Create(CultureInfo.InvariantCulture, $":{Line} row {number}"),
            { } number => string.Create(CultureInfo.InvariantCulture, $" row {number}"),
        };

    public override string ToString() => File + Place;
}
