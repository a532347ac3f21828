using System.Globalization;
using System.Text.Json.Serialization;

namespace Litre.Data.Samples;

/// <summary>The location of a row.</summary>
/// <param name="File">The data file.</param>
/// <param name="Line">The line of the file in which the row starts, from 1; for Parquet the row's number.</param>
public readonly record struct SampleOrigin(string File, long Line)
{
    /// <summary>The row's number in its file, from 1, if several rows start in one line; null if the line identifies it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Number { get; init; }

    /// <summary>The text after the file's name: the line, or the row's number.</summary>
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
