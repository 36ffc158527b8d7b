-- widget: a toy

select case when stead_widget_add('a') then 'added' else 'there' end;
select case when stead_widget_add('a') then 'added' else 'there' end;
select name from stead_widget_list();
select stead_widget_add('');
select stead_widget_add(null);
select case when stead_setting_set('stead.widget.most', '2') then 'set' end;
select stead_widget_add('abc');
update stead_widget set added_at = '2020-01-01T00:00:00.000000Z';
select expired_rows from stead_retention_preview('widget');
select stead_prune('widget');
select count(*) from stead_widget_list();

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_widget_add('seeded');
-- sample: SELECT stead_widget_add('added');
-- sample: SELECT name FROM stead_widget_list();
